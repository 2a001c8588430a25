// Everything a program needs that defines, trains and saves a model. Without xtensor, so that it
// compiles fast; whoever writes operations includes <attune/op.hpp>, update rules
// <attune/rule.hpp>, plugins <attune/plugin.hpp>, and whoever wants tensors as xtensor arrays
// <attune/xtensor.hpp>.
//
// Layer: train.
#pragma once

#if __cplusplus < 202002L
#error "attune: compile with -std=c++20"
#else

#include <attune/autograd.hpp>
#include <attune/data.hpp>
#include <attune/dtype.hpp>
#include <attune/error.hpp>
#include <attune/initialize.hpp>
#include <attune/io.hpp>
#include <attune/memory.hpp>
#include <attune/mode.hpp>
#include <attune/model.hpp>
#include <attune/model_io.hpp>
#include <attune/nn.hpp>
#include <attune/ops.hpp>
#include <attune/optim.hpp>
#include <attune/options.hpp>
#include <attune/param.hpp>
#include <attune/params.hpp>
#include <attune/plugins.hpp>
#include <attune/random.hpp>
#include <attune/record.hpp>
#include <attune/registry.hpp>
#include <attune/schedule.hpp>
#include <attune/shape.hpp>
#include <attune/tensor.hpp>
#include <attune/threads.hpp>
#include <attune/trace.hpp>
#include <attune/train.hpp>
#include <attune/version.hpp>

#endif
