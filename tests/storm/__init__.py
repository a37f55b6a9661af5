"""Kills at random moments: tap, loader or both end, or the pipe closes, while the account changes.

``python -m tests.storm`` runs it for all taps. In the end the rows in the loader's file are
compared with the account, field by field.
"""
