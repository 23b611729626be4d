"""Workers as Ray actors: the only package that imports Ray. No image travels through it, only rows, counts and outcomes."""

from jobs.ray_pool.pool import RayPool as RayPool
