"""The fewest requests that each vendor's API allows for a sync of a made-up account.

They follow from the account's rows and from what the API documents: the size of its pages, its
filters, and which parents have children. Nothing here calls the taps.
"""
