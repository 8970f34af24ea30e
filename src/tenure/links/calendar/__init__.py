"""iCalendar (RFC 5545, 5546): the feed that a calendar program reads, and invitations by mail."""
