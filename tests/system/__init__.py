"""Stories that a user of ghward would recognise, told against a fake GitHub."""
