"""ops/backtest."""
