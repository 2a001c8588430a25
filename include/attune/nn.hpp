// Models: parameters, layers, initial values, files.
//
// Layer: nn.
#pragma once

#include <attune/initialize.hpp>
#include <attune/model.hpp>
#include <attune/model_io.hpp>
#include <attune/nn/activation.hpp>
#include <attune/nn/attention.hpp>
#include <attune/nn/conv.hpp>
#include <attune/nn/dropout.hpp>
#include <attune/nn/flatten.hpp>
#include <attune/nn/layer.hpp>
#include <attune/nn/linear.hpp>
#include <attune/nn/norm.hpp>
#include <attune/nn/pool.hpp>
#include <attune/param.hpp>
