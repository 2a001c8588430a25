// Bringing features to a common scale, with figures taken from a training set. A scaler is a struct
// of buffers: a field of a model, saved and loaded with it, called in its forward.
//
// Layer: data.
//
//   struct Model { data::Standardizer scale; ... Tensor operator()(const Tensor& x) const {
//     return out(relu(hidden(scale(x)))); } };
//   model.scale = data::Standardizer::fit(train);
#pragma once

#include <attune/data/set.hpp>
#include <attune/param.hpp>

namespace attune::data {

struct FitOptions {
  std::string field = "x";
  // false: one figure for every element of a sample. true: one for every entry of a sample's first
  // axis, over the others: the channels of pictures.
  bool per_channel = false;
};

// (x - mean) / scale: features of mean 0 and variance 1 on the training set.
struct ATTUNE_API Standardizer {
  Buffer mean;
  Buffer scale;  // the standard deviation (divisor n) where it is not 0, else 1

  // The figures of a training set, gathered in parts, summed in f64 and kept in the type of the
  // field (f32 for integers). A feature that is the same in all samples is scaled by 1.
  // Errors: value, for an empty set or an unknown field; numeric, naming the feature, for a
  // value that is not finite.
  static Standardizer fit(const TrainSet& train, const FitOptions& options = {});

  // The shape of x; x is [..., the shape of a sample]. Differentiable. Errors: state, before fit or
  // load; shape, when x ends in another shape than the samples had.
  Tensor operator()(const Tensor& x) const;
};

// (x - low) / scale: features between 0 and 1 on the training set.
struct ATTUNE_API MinMax {
  Buffer low;
  Buffer scale;  // highest - lowest where it is not 0, else 1

  static MinMax fit(const TrainSet& train, const FitOptions& options = {});
  Tensor operator()(const Tensor& x) const;
};

}  // namespace attune::data
