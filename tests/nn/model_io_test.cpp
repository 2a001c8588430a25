// Models in files, and their digest.
#include <attune/initialize.hpp>
#include <attune/io.hpp>
#include <attune/mode.hpp>
#include <attune/model_io.hpp>
#include <attune/nn/linear.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <unistd.h>

#include "tests/nn/expect.hpp"

using namespace attune;
namespace fs = std::filesystem;

namespace {

struct Scaler {
  Buffer mean;
};

struct Net {
  Scaler scaler;
  nn::Linear hidden{3, 4}, out{4, 2};
};

struct Wider {
  Scaler scaler;
  nn::Linear hidden{3, 5}, output{5, 2};
};

// A folder that goes with the test.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("attune_nn_" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  std::string operator/(const char* name) const { return (path / name).string(); }
};

Net ready(std::uint64_t seed) {
  Net net;
  initialize(params(net), "he_normal", {.seed = seed});
  return net;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model_io_test)

BOOST_AUTO_TEST_CASE(what_is_saved_comes_back_bit_for_bit) {
  const Folder folder;
  Net net = ready(1);
  net.scaler.mean = Buffer(tensor({1.0, 2.0, 3.0}, f64));
  save(net, folder / "net");
  Net fresh;
  load(fresh, folder / "net");
  BOOST_TEST(weights_digest(fresh) == weights_digest(net));
  BOOST_TEST((fresh.scaler.mean.tensor().dtype() == f64));

  Net live = ready(2);
  const Params handles = params(live);
  const float* const place = handles[0].tensor.data<float>();
  load(live, folder / "net");
  BOOST_TEST(handles[0].tensor.data<float>() == place);
  BOOST_TEST(weights_digest(live) == weights_digest(net));
}

BOOST_AUTO_TEST_CASE(an_empty_buffer_may_stay_empty) {
  const Folder folder;
  save(ready(1), folder / "net");
  Net fresh;
  load(fresh, folder / "net");
  BOOST_TEST(!fresh.scaler.mean.has_values());
  fresh.scaler.mean = Buffer(tensor({1.0}));
  expect_error(ErrorKind::format, "missing: scaler.mean [1]", [&] { load(fresh, folder / "net"); });
}

BOOST_AUTO_TEST_CASE(one_error_names_every_key_and_changes_nothing) {
  const Folder folder;
  save(ready(1), folder / "net");
  Wider wider;
  initialize(params(wider), "ones");
  const std::string before = weights_digest(wider);
  for (const char* words : {"other shape: hidden.weight is [4, 3] in the file, [5, 3] in the model",
                            "other shape: hidden.bias is [4]",
                            "missing: output.weight [2, 5], did you mean \"out.weight\"?",
                            "unexpected: out.weight [2, 4]", "unexpected: out.bias [2]"}) {
    expect_error(ErrorKind::format, words, [&] { load(wider, folder / "net"); });
  }
  BOOST_TEST(weights_digest(wider) == before);
  Net doubled;
  to(doubled, f64);
  expect_error(ErrorKind::format, "is f32 in the file, f64 in the model (to(model, f32))",
               [&] { load(doubled, folder / "net"); });
}

BOOST_AUTO_TEST_CASE(a_failed_save_leaves_what_was_there) {
  const Folder folder;
  save(ready(1), folder / "net");
  const Net without;
  expect_error(ErrorKind::state, "hidden.weight, hidden.bias",
               [&] { save(without, folder / "net"); });
  Net fresh;
  load(fresh, folder / "net");
  BOOST_TEST(weights_digest(fresh) == weights_digest(ready(1)));
  expect_error(ErrorKind::io, "nowhere", [&] { save(fresh, folder / "nowhere/net"); });
  expect_error(ErrorKind::io, "nothing", [&] { load(fresh, folder / "nothing"); });
}

BOOST_AUTO_TEST_CASE(the_digest_sees_every_bit) {
  Net net = ready(1);
  const std::string digest = weights_digest(net);
  BOOST_TEST(digest.size() == 32u);
  BOOST_TEST(digest == weights_digest(ready(1)));
  BOOST_TEST(digest != weights_digest(ready(2)));
  for (const ParamHandle& param : params(net)) {
    const NoGrad guard;
    Tensor tensor = param.tensor;
    float& last = tensor.mutable_data<float>()[tensor.numel() - 1];
    const float old = last;
    last = std::nextafter(old, 2.0f);
    BOOST_TEST(weights_digest(net) != digest, param.path);
    last = old;
  }
  BOOST_TEST(digest == weights_digest(net));
  net.scaler.mean = Buffer(tensor({1.0}));
  BOOST_TEST(digest != weights_digest(net));
}

BOOST_AUTO_TEST_CASE(a_file_of_another_model_names_every_key) {
  struct Many {
    std::vector<Param> old;
  } many;
  struct Others {
    std::vector<Param> renamed;
  } others;
  const Folder folder;
  for (int i = 0; i < 3000; ++i) {
    many.old.push_back(Param::bias({1}));
    others.renamed.push_back(Param::bias({1}));
  }
  initialize(params(many), "zeros");
  initialize(params(others), "zeros");
  const std::string file = (folder.path / "many.st").string();
  save(many, file);
  try {
    load(others, file);
    BOOST_ERROR("no error was thrown");
  } catch (const Error& error) {
    const std::string text = error.what();
    for (const char* line :
         {"missing: renamed.0 ", "missing: renamed.2999 ", "unexpected: old.2999 "})
      BOOST_TEST(text.find(line) != std::string::npos, line);
  }
}

BOOST_AUTO_TEST_SUITE_END()
