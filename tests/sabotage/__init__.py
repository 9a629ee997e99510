"""Breaks the code on purpose, one small break at a time: the tests that guard the place must turn red."""
