"""Reports by the dozen: fast, side by side, only what has changed, safe to interrupt.

`kernels` are warm, `workers` do tasks side by side and `cluster` does so on many machines, `outputs` is the folder of
runs, `progress` tells how it goes; `runner` makes a run of them, and `sweep` one over a grid of parameters.
"""
