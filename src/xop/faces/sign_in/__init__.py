"""Signing in with access tokens: XOP as an OAuth 2.1 resource server (RFC 9068, RFC 8707, RFC 9728)."""
