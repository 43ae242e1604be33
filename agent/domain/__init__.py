"""The nouns: frozen records and closed sets, standard library only. No rules, no storage."""
