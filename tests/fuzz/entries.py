"""All public readers of files that may be damaged."""

from tests.fuzz import entries_corpora, entries_exchange, entries_media, entries_own, entries_stored

ENTRIES = [
    *entries_corpora.ENTRIES,
    *entries_exchange.ENTRIES,
    *entries_media.ENTRIES,
    *entries_own.ENTRIES,
    *entries_stored.ENTRIES,
]
