import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.payments.simulator.columns import ids, labels

numbers = st.lists(st.integers(0, 2**64 - 1), unique=True, max_size=50).map(lambda found: np.array(found, np.uint64))


@given(numbers)
def test_distinct_numbers_give_distinct_ids_of_one_form(found):
    made = ids(found).to_pylist()
    assert len(set(made)) == len(found)
    assert all(len(one) == 20 and one.startswith("txn_") and int(one[4:], 16) >= 0 for one in made)
    assert ids(found).to_pylist() == made


def test_ids_are_splitmix64_in_hexadecimal():
    # First output of splitmix64 from the seed 0: its state is the odd constant of its step.
    assert ids(np.array([0x9E3779B97F4A7C15], np.uint64)).to_pylist() == ["txn_e220a8397b1dcdaf"]


def test_missing_ids_and_labels_are_null():
    missing = np.array((False, True))
    assert ids(np.arange(2, dtype=np.uint64), missing).to_pylist()[1] is None
    assert labels(("a", "b"), np.array((1, -1), np.int8), missing).to_pylist() == ["b", None]


def test_a_number_without_a_label_is_an_error():
    with pytest.raises(IndexError):
        labels(("a",), np.array((1,), np.int8))
