"""tests/ops/backtest."""
