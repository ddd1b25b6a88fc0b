"""Standard errors of the generalised gamma on `ovarian` with 40 digits: python tests/reference/digits.py

R prints .7358450, .2421647, 1.3136740: its Hessian is numerical, and right to six digits. Needs mpmath.
"""

import csv
from pathlib import Path

import mpmath as mp

mp.mp.dps = 40
with (Path(__file__).parent / "ovarian.csv").open() as file:
    ROWS = [(mp.mpf(row["time"]), row["event"] == "1") for row in csv.DictReader(file)]


def log_likelihood(mu, log_sigma, q):
    k, total = 1 / q**2, mp.mpf(0)
    for time, ended in ROWS:
        u = q * (mp.log(time) - mu) / mp.exp(log_sigma)
        x = k * mp.exp(u)
        if ended:
            total += mp.log(abs(q)) + k * mp.log(k) - mp.loggamma(k) + k * u - x - log_sigma - mp.log(time)
        else:
            bounds = (x, mp.inf) if q > 0 else (0, x)
            total += mp.log(mp.gammainc(k, *bounds, regularized=True))
    return total


def derivative(at, *by):
    return mp.diff(log_likelihood, tuple(at), tuple(sum(i == j for i in by) for j in range(3)))


top = mp.findroot(lambda *x: [derivative(x, i) for i in range(3)], (6.43, 0.355, -0.765), tol=1e-20)
errors = mp.matrix([[-derivative(top, i, j) for j in range(3)] for i in range(3)]) ** -1
print("log-likelihood", mp.nstr(log_likelihood(*top), 15))
print("mu, sigma, Q", [mp.nstr(value, 13) for value in (top[0], mp.exp(top[1]), top[2])])
print("standard errors of mu, log sigma, Q", [mp.nstr(mp.sqrt(errors[i, i]), 12) for i in range(3)])
