"""Runs a workspace's scenarios in virtual time, with the production engine and an outside that is made up."""
