"""Drawings as pure functions. They hold no words, so a language is never drawn into one."""
