"""A Case as Slack shows it: card, modal and home, from the store's views to blocks. Pure; no request is made here."""
