"""Helpdesk vendors' APIs on loopback, each with a made-up account.

For tests, demos and benchmarks: the replies are meant to be faithful enough that any client of the
real API runs against them unmodified. See README.md.
"""
