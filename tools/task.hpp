// What a command line can train: sets of data and models by name, each a row of a registry.
//   data "csv:FILE" is the row "csv" with the argument FILE; model "mlp:64,32" the row "mlp".
#pragma once

#include <attune/data/scaler.hpp>
#include <attune/data/split.hpp>
#include <attune/initialize.hpp>
#include <attune/nn/layer.hpp>
#include <attune/optim.hpp>
#include <attune/registry.hpp>
#include <optional>
#include <string>
#include <vector>

namespace attune::tools {

// A set divided, and what a model for it must know.
struct Task {
  data::Split parts;
  Shape sample;                       // of x
  std::int64_t outputs = 1;           // classes, or 1 number
  bool classes = true;                // false: the target is a number
  std::optional<Shape> picture = {};  // [channels, height, width] that a sample can be seen as
};

struct DataSource {
  std::string form, summary;  // "csv:FILE", one line
  Task (*make)(const std::string& argument, std::uint64_t seed);
  std::vector<std::string> (*files)(const std::string& argument);  // that it is read from
};
const Registry<DataSource>& data_sources();
// The files that a set is read from: none of one that is drawn.
std::vector<std::string> files_of(const std::string& data);
// Errors: value for an unknown name or a missing argument; of a file, naming it, those of its
// reader and format for what no model can learn from.
Task make_task(const std::string& data, std::uint64_t seed);

struct ModelKind {
  std::string form, summary;
  nn::Sequential (*make)(const std::vector<std::int64_t>& sizes, const Task& task);
};
const Registry<ModelKind>& model_kinds();

// A network with the scaler of its inputs, which is saved with it.
struct Network {
  data::Standardizer scale;
  nn::Sequential layers;
  Tensor operator()(const Tensor& x) const { return layers(scale(x)); }
};
// Without values but for the scaler, which is fitted on the training part. Errors: value for an
// unknown name, sizes that are no positive numbers, or a set that the model cannot take.
Network make_network(const std::string& model, const Task& task);

}  // namespace attune::tools
