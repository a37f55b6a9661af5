"""Replies, headers and files that nobody expects, and what a tap must do with them all the same."""
