"""Tests of the app; `devhost/tests` tests its local host."""
