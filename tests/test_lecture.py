"""Every number that the lecture works out, slide by slide; each test is named after its slide.

Where exact arithmetic can do it, numbers are fractions and equality is equality. Where a slide as drawn differs from
the mathematics, the mathematics is tested and the test says what the slide shows.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from gradrace.bench.verification.reference import reference
from gradrace.impls._shared.graph import Node, derivatives, log, sigma
from gradrace.impls.interface import Gradient, Problem
from gradrace.impls.python_graph import IMPLEMENTATION, loss

NUDGE = Fraction("0.001")
U = 2.0**-53
"""Unit roundoff: the relative error of one operation in float64."""


def gradient(problem: Problem, w: np.ndarray, b: np.floating) -> Gradient:
    """The gradient by the computation graph."""
    implementation = IMPLEMENTATION
    return implementation.read(implementation.gradient(implementation.prepare(problem), *implementation.native(w, b)))


def slope_by_nudge(f, a, nudge=NUDGE):
    """Height over width of the little triangle."""
    return (f(a + nudge) - f(a)) / nudge


def slope_by_graph(f, a):
    """The derivative of f at a, from the graph of f."""
    node = Node(a)
    return derivatives(f(node))[node]


def lecture_loss(a: Node, y: float) -> Node:
    """The loss as the slides write it."""
    return -(y * log(a) + (1 - y) * log(1 - a))


def squared_error(a: Node, y: float) -> Node:
    """The loss that the slides write first and then turn down."""
    return 0.5 * ((a - y) * (a - y))


class TestBinaryClassification:
    def test_an_image_of_64_by_64_in_three_colours_unrolls_to_12288_features(self):
        image = np.random.default_rng(0).integers(0, 256, size=(64, 64, 3)).astype(np.float64)
        X = image.reshape(-1, 1)
        assert X.shape == (12288, 1)

    def test_the_graph_is_deeper_than_python_can_recurse_and_its_gradient_is_still_exact(self):
        X = np.random.default_rng(0).integers(0, 256, size=(12288, 1)).astype(np.float64)
        at_zero = gradient(Problem(X, np.ones((1, 1)), X.dtype), np.zeros(12288), np.float64(0))
        assert np.array_equal(at_zero.dw, X[:, 0] * -0.5)  # a = 1/2, y = 1


class TestLogisticRegression:
    @pytest.mark.parametrize(("z", "a"), [(1000.0, 1.0), (40.0, 1.0), (0.0, 0.5), (-1000.0, 0.0)])
    def test_sigma_is_1_far_right_and_0_far_left_and_one_half_at_0(self, z, a):
        assert sigma(Node(z)).value == a

    @pytest.mark.parametrize("z", [1000.0, -1000.0])
    def test_sigma_is_flat_far_out(self, z):
        assert slope_by_graph(sigma, z) == 0

    def test_the_bias_folded_into_x_0_equal_to_1_gives_the_same_gradient(self):
        rng = np.random.default_rng(1)
        X, Y = rng.standard_normal((4, 9)), rng.integers(0, 2, (1, 9)).astype(np.float64)
        w, b = rng.standard_normal(4), np.float64(0.75)
        folded_X = np.vstack([np.ones((1, 9)), X])
        folded = gradient(Problem(folded_X, Y, X.dtype), np.concatenate([[b], w]), np.float64(0))
        unfolded = Gradient(J=folded.J, dw=folded.dw[1:], db=folded.dw[0])
        assert reference(Problem(X, Y, X.dtype), w, b).error_over_bound(unfolded).worst <= 1
        assert folded.db == folded.dw[0]


class TestLogisticRegressionCostFunction:
    """The last line, J(w, b) = 1/m Σ [y log ŷ + (1 − y) log(1 − ŷ)], lost its minus sign on the slide: J is above 0."""

    @pytest.mark.parametrize("z", [-3.0, 0.0, 0.1, 2.0])
    def test_if_y_is_1_the_loss_is_minus_log_a(self, z):
        a = sigma(Node(z))
        assert lecture_loss(a, 1.0).value == -math.log(a.value)

    @pytest.mark.parametrize("z", [-3.0, 0.0, 0.1, 2.0])
    def test_if_y_is_0_the_loss_is_minus_log_1_minus_a(self, z):
        a = sigma(Node(z))
        assert lecture_loss(a, 0.0).value == -math.log(1 - a.value)

    def test_if_y_is_1_a_small_loss_wants_a_large(self):
        assert [loss(Node(z), 1.0).value for z in (-1000.0, 1000.0)] == [1000, 0]

    def test_if_y_is_0_a_small_loss_wants_a_small(self):
        assert [loss(Node(z), 0.0).value for z in (-1000.0, 1000.0)] == [0, 1000]

    @pytest.mark.parametrize("y", [0.0, 1.0])
    @pytest.mark.parametrize("z", [-3.0, -0.5, 0.0, 0.5, 3.0])
    def test_the_stable_loss_is_the_slides_loss(self, z, y):
        # As written, log takes a rounded a or 1 − a, which is at least σ(−3) > 1/22 here: relative errors of a few u
        # become an absolute error of 22 times as many. Six roundings lead there.
        assert abs(loss(Node(z), y).value - lecture_loss(sigma(Node(z)), y).value) <= 6 * 22 * U

    def test_the_loss_as_written_has_no_value_where_the_stable_one_has(self):
        with pytest.raises(ValueError, match="math domain error"):
            lecture_loss(sigma(Node(1000.0)), 0.0)
        assert loss(Node(1000.0), 0.0).value == 1000

    def test_the_squared_error_is_not_convex_in_w(self):
        at = {w: squared_error(sigma(Node(w) * 1.0), 1.0).value for w in (-8.0, -4.0, 0.0)}
        assert at[-4.0] > (at[-8.0] + at[0.0]) / 2  # above the chord
        slopes = [slope_by_graph(lambda w: squared_error(sigma(w * 1.0), 1.0), w) for w in (-8.0, -1.0, 8.0)]
        assert slopes[1] < slopes[0] < slopes[2]  # falls, then rises

    def test_the_cross_entropy_is_convex_in_w(self):
        w = [k / 4 for k in range(-40, 41)]
        at = [loss(Node(w_k) * 1.0, 1.0).value for w_k in w]
        assert all(at[k] < (at[k - 1] + at[k + 1]) / 2 for k in range(1, len(w) - 1))  # below every chord
        slopes = [slope_by_graph(lambda w: loss(w * 1.0, 1.0), w_k) for w_k in w]
        assert all(left < right for left, right in pairwise(slopes))  # only ever rises

    def test_where_the_squared_error_sends_gradient_descent_the_wrong_way_the_cross_entropy_does_not(self):
        def cost(loss, w):  # two examples, (x, y) = (10, 1) and (−1, 1): the least cost is at some w > 0 for both
            return loss(w * 10.0, 1.0) + loss(w * -1.0, 1.0)

        assert slope_by_graph(lambda w: cost(lambda z, y: squared_error(sigma(z), y), w), -2.0) > 0
        assert slope_by_graph(lambda w: cost(loss, w), -2.0) < 0


class TestGradientDescent:
    @pytest.mark.parametrize("w", [-1.5, 4.0])
    def test_a_step_moves_w_towards_the_minimum_from_either_side(self, w):
        alpha, lowest = 0.1, 2.0
        dw = slope_by_graph(lambda w: (w - lowest) * (w - lowest), w)
        assert abs(w - alpha * dw - lowest) < abs(w - lowest)


class TestIntuitionAboutDerivatives:
    """f(a) = 3a."""

    @staticmethod
    def f(a):
        return 3 * a

    @pytest.mark.parametrize(("a", "f_a", "nudged"), [(2, 6, "6.003"), (5, 15, "15.003")])
    def test_a_nudge_of_0_001_moves_3a_by_0_003(self, a, f_a, nudged):
        assert self.f(a) == f_a
        assert self.f(a + NUDGE) == Fraction(nudged)

    @pytest.mark.parametrize("a", [2, 5])
    @pytest.mark.parametrize("nudge", ["0.001", "0.00000001", "0.0000000001"])
    def test_the_slope_of_3a_is_3_by_any_nudge_and_by_formula(self, a, nudge):
        assert slope_by_nudge(self.f, a, Fraction(nudge)) == 3
        assert slope_by_graph(self.f, a) == 3


class TestMoreDerivativeExamples:
    @pytest.mark.parametrize(("a", "f_a", "nudged", "slope"), [(2, 4, "4.004001", 4), (5, 25, "25.010001", 10)])
    def test_the_slope_of_a_squared_is_2a(self, a, f_a, nudged, slope):
        def f(a):
            return a * a

        assert f(a) == f_a
        assert f(a + NUDGE) == Fraction(nudged)  # the slides round: 4.004 (in small print 4.004004) and 25.010
        assert slope_by_nudge(f, a) == slope + NUDGE  # the nudge is finite; the smaller it is, the nearer to 2a
        assert slope_by_graph(f, a) == slope

    def test_the_slope_of_a_cubed_is_3a_squared(self):
        def f(a):
            return a * a * a

        assert f(2) == 8
        assert f(2 + NUDGE) == Fraction("8.012006001")  # the slide rounds: 8.012
        assert slope_by_nudge(f, 2) == 12 + 6 * NUDGE + NUDGE**2
        assert slope_by_graph(f, 2) == 12

    def test_the_slope_of_the_logarithm_is_1_over_a(self):
        assert f"{math.log(2):.5f}" == "0.69315"
        assert f"{math.log(2.001):.5f}" == "0.69365"
        assert f"{slope_by_nudge(math.log, 2.0, 0.001):.3f}" == "0.500"  # 0.0005 / 0.001
        assert slope_by_graph(log, 2.0) == 0.5


class TestComputationGraph:
    """J = 3(a + bc) at a = 5, b = 3, c = 2: u = bc, v = a + u, J = 3v."""

    @staticmethod
    def u_v_J(a, b, c):
        u = b * c
        v = a + u
        return u, v, 3 * v

    def test_values_from_left_to_right(self):
        assert self.u_v_J(5, 3, 2) == (6, 11, 33)
        assert [node.value for node in self.u_v_J(Node(5), Node(3), Node(2))] == [6, 11, 33]


class TestComputingDerivatives:
    """The same graph. In the slide's formulas for dJ/du the chain rule stands as a quotient, and the values written
    for dJ/db (3) and dJ/da (9) belong to other nodes: dJ/db = dJ/du · du/db = 3 · 2 = 6, and 9 is dJ/dc.
    """

    def test_derivatives_from_right_to_left(self):
        a, b, c = Node(5), Node(3), Node(2)
        u, v, J = TestComputationGraph.u_v_J(a, b, c)
        dJ = derivatives(J)
        assert [dJ[node] for node in (v, a, u, b, c)] == [3, 3, 3, 6, 9]
        assert dJ[J] == 1

    def test_each_derivative_is_the_product_of_the_slopes_along_its_path(self):
        u, v = Node(6), Node(11)
        dJ_dv = derivatives(3 * v)[v]
        dv_du = derivatives(5 + u)[u]
        b = Node(3)
        du_db = derivatives(b * 2)[b]
        assert (dJ_dv, dv_du, du_db) == (3, 1, 2)
        assert dJ_dv * dv_du * du_db == 6

    @pytest.mark.parametrize(
        ("a", "b", "c", "u", "v", "J"),
        [
            ("5.001", "3", "2", "6", "11.001", "33.003"),
            ("5", "3.001", "2", "6.002", "11.002", "33.006"),
            ("5", "3", "2.001", "6.003", "11.003", "33.009"),
        ],
    )
    def test_a_nudge_runs_through_the_graph(self, a, b, c, u, v, J):
        nudged = TestComputationGraph.u_v_J(Fraction(a), Fraction(b), Fraction(c))
        assert nudged == (Fraction(u), Fraction(v), Fraction(J))

    @pytest.mark.parametrize(("v", "J"), [("11.001", "33.003")])
    def test_nudging_v_or_u_moves_J_three_times_as_far(self, v, J):
        assert 3 * Fraction(v) == Fraction(J)
        assert 3 * (5 + Fraction("6.001")) == Fraction(J)


class TestLogisticRegressionDerivatives:
    """One example with two features, through a = σ(z) and the loss as written: da, dz, dw_1, dw_2, db."""

    @staticmethod
    def graph(w_1, w_2, b, x_1, x_2, y):
        nodes = Node(w_1), Node(w_2), Node(b)
        z = nodes[0] * x_1 + nodes[1] * x_2 + nodes[2]
        a = sigma(z)
        return *nodes, z, a, derivatives(lecture_loss(a, y))

    @pytest.mark.parametrize(("y", "da", "dz"), [(1.0, -2.0, -0.5), (0.0, 2.0, 0.5)])
    def test_at_z_equal_to_0_every_number_is_exact(self, y, da, dz):
        w_1, w_2, b, z, a, dL = self.graph(w_1=1.0, w_2=-2.0, b=-1.0, x_1=5.0, x_2=2.0, y=y)
        assert (z.value, a.value) == (0, 0.5)
        assert (dL[a], dL[z]) == (da, dz)
        assert (dL[w_1], dL[w_2], dL[b]) == (5 * dz, 2 * dz, dz)

    @pytest.mark.parametrize("y", [0.0, 1.0])
    @pytest.mark.parametrize("x_1", [-2.0, 0.5, 3.0])
    def test_elsewhere_too_dz_is_a_minus_y(self, x_1, y):
        w_1, w_2, b, z, node_a, dL = self.graph(w_1=0.75, w_2=-0.5, b=0.25, x_1=x_1, x_2=2.0, y=y)
        a = node_a.value
        da = -y / a + (1 - y) / (1 - a)
        assert abs(dL[node_a] - da) <= 2 * U * abs(da)  # one division each, of the same a
        assert abs(dL[z] - (a - y)) <= 8 * U * abs(a - y)  # da · a(1 − a): at most eight roundings on either side
        assert (dL[w_1], dL[w_2], dL[b]) == (x_1 * dL[z], 2 * dL[z], dL[z])

    @pytest.mark.parametrize("y", [0.0, 1.0])
    @pytest.mark.parametrize("z", [-1000.0, -1.0, -0.0, 0.0, 1e-300, 1.0, 1000.0])
    def test_the_stable_loss_has_dz_equal_to_a_minus_y_even_at_the_kink_of_its_parts(self, z, y):
        dz = slope_by_graph(lambda node: loss(node, y), z)
        assert abs(dz - (sigma(Node(z)).value - y)) <= 4 * U  # 1 + e, the division, a − y


class TestLogisticRegressionOnMExamples:
    """The slide's J_t stands for J +=: the cost is summed over the examples, then divided by m."""

    X = ((1.0, 2.0), (-3.0, 0.5), (4.0, -1.0), (0.0, 8.0))
    Y = (1.0, 0.0, 1.0, 0.0)

    def slide(self, w_1, w_2, b):
        """The slide's loop, line by line."""
        J = dw_1 = dw_2 = db = 0.0
        for (x_1, x_2), y in zip(self.X, self.Y, strict=True):
            z = w_1 * x_1 + w_2 * x_2 + b
            a = 1 / (1 + math.exp(-z))
            J += -(y * math.log(a) + (1 - y) * math.log(1 - a))
            dz = a - y
            dw_1 += x_1 * dz
            dw_2 += x_2 * dz
            db += dz
        m = len(self.X)
        return J / m, dw_1 / m, dw_2 / m, db / m

    def problem(self):
        X, Y = np.array(self.X).T.copy(), np.array([self.Y])
        return Problem(X, Y, X.dtype)

    def test_at_w_equal_to_0_every_derivative_is_exact(self):
        assert self.slide(0, 0, 0) == (math.log(2), -8 / 8, 7.5 / 8, 0)
        graph = gradient(self.problem(), np.zeros(2), np.float64(0))
        assert (graph.J, *graph.dw, graph.db) == self.slide(0, 0, 0)

    def test_the_slides_loop_and_the_graph_agree_within_the_bound(self):
        J, dw_1, dw_2, db = self.slide(0.5, -0.25, 0.125)
        at = reference(self.problem(), np.array([0.5, -0.25]), np.float64(0.125))
        assert at.error_over_bound(Gradient(J, np.array([dw_1, dw_2]), db)).worst <= 1
        graph = gradient(self.problem(), np.array([0.5, -0.25]), np.float64(0.125))
        assert at.error_over_bound(graph).worst <= 1

    def test_one_step_of_gradient_descent_lowers_the_cost(self):
        alpha = 0.1
        J, dw_1, dw_2, db = self.slide(0, 0, 0)
        assert self.slide(-alpha * dw_1, -alpha * dw_2, -alpha * db)[0] < J
