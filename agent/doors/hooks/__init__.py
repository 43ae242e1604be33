"""The webhook door: places call us here. It answers on its own port, and nothing else does there."""
