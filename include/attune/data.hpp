// Data: sets of samples, where they come from, how they are divided, scaled and walked over.
//
// Layer: data.
#pragma once

#include <attune/data/batches.hpp>
#include <attune/data/readers.hpp>
#include <attune/data/scaler.hpp>
#include <attune/data/set.hpp>
#include <attune/data/shipped.hpp>
#include <attune/data/split.hpp>
#include <attune/data/toy.hpp>
