// All operations on tensors, by family.
//
// Layer: autograd.
#pragma once

#include <attune/ops/activation.hpp>
#include <attune/ops/aliases.hpp>
#include <attune/ops/attention.hpp>
#include <attune/ops/binary.hpp>
#include <attune/ops/compare.hpp>
#include <attune/ops/conv.hpp>
#include <attune/ops/creation.hpp>
#include <attune/ops/dropout.hpp>
#include <attune/ops/embedding.hpp>
#include <attune/ops/index.hpp>
#include <attune/ops/inplace.hpp>
#include <attune/ops/join.hpp>
#include <attune/ops/logical.hpp>
#include <attune/ops/loss.hpp>
#include <attune/ops/matmul.hpp>
#include <attune/ops/norm.hpp>
#include <attune/ops/pool.hpp>
#include <attune/ops/random.hpp>
#include <attune/ops/reduce.hpp>
#include <attune/ops/unary.hpp>
#include <attune/ops/views.hpp>
