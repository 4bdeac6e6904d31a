import gc

import pytest

from dangol.heap import kept_to_the_end, uncollected


def test_nothing_is_collected_meanwhile_and_what_is_left_is_never_searched() -> None:
    before = gc.get_freeze_count()
    with kept_to_the_end():
        assert not gc.isenabled()
        kept = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() - before >= len(kept)


def test_python_collects_again_after_an_error() -> None:
    with pytest.raises(KeyError), kept_to_the_end():
        raise KeyError
    assert gc.isenabled()


def test_a_block_without_collection_leaves_its_garbage_to_be_collected() -> None:
    frozen = gc.get_freeze_count()
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled(), "the inner block must not enable what the outer one disabled"
    assert gc.isenabled()
    assert gc.get_freeze_count() <= frozen, "what was frozen before may go meanwhile"
