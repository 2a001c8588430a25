// What the tests of training share: a small network that uses everything a checkpoint must keep
// (parameters, running statistics, dropout), a set for it, and a folder that goes with the test.
#pragma once

#include <attune/attune.hpp>
#include <attune/nn/linear.hpp>
#include <attune/nn/norm.hpp>
#include <attune/train.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <unistd.h>

#include "tests/thrown.hpp"

namespace attune::tests {

struct Net {
  nn::Linear hidden{2, 8};
  nn::BatchNorm1d norm{8};
  nn::Linear out{8, 2};
  Tensor operator()(const Tensor& x) const { return out(dropout(relu(norm(hidden(x))), 0.3)); }
};

inline Net fresh_net(std::uint64_t seed = 1) {
  Net net;
  initialize(params(net), "he_normal", {.seed = seed});
  return net;
}

inline data::TrainSet moons(std::int64_t n = 70, std::uint32_t seed = 0) {
  return data::TrainSet(data::moons(n, {.noise = 0.2, .seed = seed, .dtype = f32}));
}

inline optim::Optimizer adam(const Net& net) {
  auto opt = optim::make("adam", params(net), {{"lr", 0.01}});
  opt.schedule("lr", optim::Schedule::cosine(1000));
  return opt;
}

class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("attune_train_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const char* name) const { return (path_ / name).string(); }
  std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(path_)) ++count;
    return count;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace attune::tests
