"""Luck is a pure function of names, and bit-equal to numpy's Philox."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.engine.luck import name_number, uniforms

words = st.integers(0, 2**64 - 2)


@given(st.tuples(words, words), st.tuples(words, words, words, words))
def test_a_uniform_is_the_first_word_of_numpys_philox(key, counter):
    generator = np.random.Philox(key=np.array(key, np.uint64), counter=np.array(counter, np.uint64))
    expected = ((generator.random_raw() >> 12) + 0.5) * 2.0**-52
    assert uniforms(*key, *(np.array(word, np.uint64) for word in counter)) == expected


def test_whole_arrays_equal_one_at_a_time():
    together = uniforms(7, 3, name_number("gate.demo"), name_number("a.b"), np.arange(50), 2)
    alone = [float(uniforms(7, 3, name_number("gate.demo"), name_number("a.b"), n, 2)) for n in range(50)]
    assert together.tolist() == alone


def test_uniforms_are_strictly_inside_and_even():
    u = uniforms(1, 0, name_number("x"), name_number("y"), np.arange(200_000))
    assert u.min() > 0
    assert u.max() < 1
    counts = np.histogram(u, 100, (0, 1))[0]
    chi2 = ((counts - 2000) ** 2 / 2000).sum()
    assert 55 < chi2 < 155, f"chi-square {chi2:.0f} at 99 degrees of freedom"


def test_another_name_seed_or_replication_is_other_luck():
    base = uniforms(1, 0, name_number("x"), name_number("y"), np.arange(2000))
    for other in (
        uniforms(2, 0, name_number("x"), name_number("y"), np.arange(2000)),
        uniforms(1, 1, name_number("x"), name_number("y"), np.arange(2000)),
        uniforms(1, 0, name_number("z"), name_number("y"), np.arange(2000)),
        uniforms(1, 0, name_number("x"), name_number("y"), np.arange(2000), 1),
    ):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.1
