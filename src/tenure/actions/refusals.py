"""The one way to say no: a sentence for the person and a code for the program."""


class Refused(Exception):
    """An action was not carried out and nothing was changed.

    ``code`` is stable (``not_allowed``, ``not_found``, ``conflict``, ``invalid``); ``field`` names the input at fault, if one is.
    """

    def __init__(self, sentence: str, code: str = "invalid", field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.field = field
