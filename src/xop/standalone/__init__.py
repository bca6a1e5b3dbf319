"""Programs of one file that strangers run alone: the standard library is all they need."""
