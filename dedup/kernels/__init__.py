"""Compiled forms of stages, by numba. Imported by `dedup.compiled.load` alone, which says how they take over."""
