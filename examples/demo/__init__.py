"""Syncs a made-up account into one SQLite file, lets its people work, and syncs again: a demo.

``python -m examples.demo [VENDOR]`` runs it. Everything is real but the vendor: the sandbox answers
HTTP on loopback, and the commands are those that a person would type.
"""
