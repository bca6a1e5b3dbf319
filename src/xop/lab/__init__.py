"""Studies a release without letting it rule: what is looked at here changes no customer."""
