"""A draw is a function of its key: uniform, independent, and the same on every machine."""

import numpy as np
import pytest
from scipy import stats

from simulator.draws import Draws, pick, poisson, shuffled

PEOPLE, DAYS = np.arange(3000)[:, None], np.arange(20_000, 20_060)


def test_the_first_draws_of_a_world_are_these():
    """Recorded once: another CPU or numpy version must give the same."""
    assert Draws(7).bits("gap", np.arange(3), 20_000).tolist() == FIRST_BITS
    assert Draws(7).below(1000, "gap", np.arange(5)).tolist() == FIRST_NUMBERS


FIRST_BITS = [1285094444354801829, 13198698952401399906, 4088085468434124302]
FIRST_NUMBERS = [311, 588, 907, 385, 848]


def test_a_draw_does_not_depend_on_what_is_drawn_with_it():
    draws = Draws(1)
    together = draws.uniform("x", PEOPLE, DAYS)
    assert together[17, 5] == draws.uniform("x", 17, 20_005)
    assert (together[:, 5:9] == draws.uniform("x", PEOPLE, DAYS[5:9])).all()


@pytest.mark.parametrize("other", ["seed", "purpose", "order"])
def test_another_key_is_another_draw(other):
    one = Draws(1).uniform("x", PEOPLE, DAYS)
    two = {
        "seed": lambda: Draws(2).uniform("x", PEOPLE, DAYS),
        "purpose": lambda: Draws(1).uniform("y", PEOPLE, DAYS),
        "order": lambda: Draws(1).uniform("x", DAYS, PEOPLE),
    }[other]()
    assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.01


def test_draws_are_uniform_and_neighbours_independent():
    uniform = Draws(3).uniform("x", PEOPLE, DAYS)
    assert 0 < uniform.min()
    assert uniform.max() < 1
    assert stats.kstest(uniform.ravel(), "uniform").pvalue > 1e-3
    for one, two in ((uniform[1:], uniform[:-1]), (uniform[:, 1:], uniform[:, :-1])):
        assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.01


def test_distributions_have_their_moments():
    draws, many = Draws(5), np.arange(200_000)
    gamma = draws.gamma(2.0, 3.0, "gamma", many)
    assert gamma.mean() == pytest.approx(3.0, rel=0.01)
    assert gamma.var() == pytest.approx(4.5, rel=0.03)
    assert draws.exponential(7.0, "wait", many).mean() == pytest.approx(7.0, rel=0.01)
    assert draws.normal("z", many).std() == pytest.approx(1.0, rel=0.01)
    shares = np.bincount(draws.choice((1, 2, 5), "choice", many)) / len(many)
    assert shares == pytest.approx([0.125, 0.25, 0.625], abs=0.01)
    assert np.bincount(draws.below(4, "four", many)) / len(many) == pytest.approx(0.25, abs=0.01)


def test_a_count_only_rises_with_its_mean():
    uniform = Draws(6).uniform("visits", np.arange(50_000))
    few, many = (poisson(uniform, np.full(uniform.shape, mean), 9) for mean in (0.4, 0.5))
    assert (many >= few).all()
    assert many.mean() == pytest.approx(0.5, abs=0.01)
    assert many.var() == pytest.approx(0.5, abs=0.015)


@pytest.mark.parametrize("size", [1, 2, 3, 1000, 65_537])
def test_a_permutation_gives_each_number_once(size):
    image = shuffled(np.arange(size), size, 4)
    assert sorted(image.tolist()) == list(range(size))
    if size > 100:
        assert abs(np.corrcoef(np.arange(size), image)[0, 1]) < 0.1


def test_the_first_and_the_last_position_can_be_picked():
    assert pick(np.array([1e-12, 0.49, 0.51, 1 - 1e-12]), (1, 1)).tolist() == [0, 0, 1, 1]
