from pages.sparkline import HEIGHT, sparkline


def test_the_last_value_is_at_the_right_and_the_highest_fills_the_height() -> None:
    drawn = sparkline([5, 10], "rows", slots=4)
    assert f'<path class="was" d="M8 {HEIGHT}v-11h3v11z"/>' in drawn
    assert f'<path class="now" d="M12 {HEIGHT}v-22h3v22z"/>' in drawn
    assert 'width="15"' in drawn


def test_nothing_is_a_gap_and_zero_is_on_the_ground() -> None:
    drawn = sparkline([None, 0, 1], "rows", slots=3)
    assert drawn.count("M") == 2
    assert f"M4 {HEIGHT}v-1h3v1z" in drawn


def test_a_value_that_broke_its_bound_has_its_own_colour() -> None:
    drawn = sparkline([1, 2], "rows", 2, failed=[False, True])
    assert '<path class="bad" d="M4' in drawn


def test_what_it_shows_is_said_and_escaped() -> None:
    assert 'aria-label="&lt;b&gt; &#34;rows&#34;"' in sparkline([], '<b> "rows"', 1)
