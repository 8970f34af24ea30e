"""Mail: messages as the mail server takes them, files instead of a server, and mails that come back."""
