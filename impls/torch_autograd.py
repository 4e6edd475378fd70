"""PyTorch as in training: the cost forward, autograd backward."""

from __future__ import annotations

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from gradrace.impls._shared import tensors
from gradrace.impls._shared.tensors import Tensor, Tensors, finish, prepare, to_numpy
from gradrace.impls.interface import Float, FloatArray, Implementation, Technique


def gradient(data: Tensors, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return J from the forward pass, and dw (n_x,) and db from the backward pass."""
    z = torch.addmv(b, data.X, w)
    J = binary_cross_entropy_with_logits(z, data.Y)
    dw, db = torch.autograd.grad(J, (w, b))
    finish()
    return J.detach(), dw, db


def to_native(w: FloatArray, b: Float) -> tuple[Tensor, Tensor]:
    """Return w and b as parameters with gradients."""
    w_tensor, b_tensor = tensors.to_native(w, b)
    return w_tensor.requires_grad_(), b_tensor.requires_grad_()


IMPLEMENTATION = Implementation(
    technique=Technique.AUTODIFF,
    prepare=prepare,
    gradient=gradient,
    to_native=to_native,
    to_numpy=to_numpy,
    devices=("cpu", "cuda"),
)
