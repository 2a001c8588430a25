// Training: the loop ready made, checkpoints for a loop of your own, and the figures of a model on
// a set.
//
// Layer: train.
#pragma once

#include <attune/train/checkpoint.hpp>
#include <attune/train/confusion.hpp>
#include <attune/train/evaluate.hpp>
#include <attune/train/fit.hpp>
#include <attune/train/metrics.hpp>
