"""The handbook as rules: frames of facts go in, frames of decisions come out.

Pure: standard library, pydantic, ruamel.yaml, holidays and polars; no Django, no clock, no I/O but the one loader (`packs`).

    packs.load(path) -> Pack            the handbook: facts, dated values, rules
    frames.frame(rows, pack)            rows of plain values -> a typed fact frame, and the rows refused
    engine.decide(frame, pack, as_of)   decisions, one column per rule
    explain.explain(facts, pack, as_of) one account's decisions with every check
    schedules.due(frame, pack, as_of)   what falls due when, for all accounts at once (also: settled, waiting, explain)
    playbooks.steps(playbook, ...)      a template's tasks with their days
    calendars.shift(day, offset, cal)   days, months, business days, holidays
    lint.check(pack)                    what is wrong, doubtful or left open in a pack
    examples.run(pack)                  the pack's own worked examples (of schedules and playbooks: workexamples)
    compare.rules(...)                  what differs between two packs or two days
"""
