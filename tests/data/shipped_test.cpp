// The sets that come with attune, and Fashion-MNIST where it is installed.
#include <algorithm>
#include <attune/data/batches.hpp>
#include <attune/data/shipped.hpp>
#include <attune/data/split.hpp>
#include <cstdlib>

#include "tests/data/check.hpp"

using namespace attune;
using attune::tests::elements;
using attune::tests::Folder;
using attune::tests::throws;
using Numbers = std::vector<std::int64_t>;

namespace {

// The variable, for as long as it stands.
class DataPath {
 public:
  explicit DataPath(const std::string& value) { setenv("ATTUNE_DATA_PATH", value.c_str(), 1); }
  ~DataPath() { unsetenv("ATTUNE_DATA_PATH"); }
  DataPath(const DataPath&) = delete;
  DataPath& operator=(const DataPath&) = delete;
};

double sum(const data::Set& set) {
  double total = 0;
  for (const float value : elements<float>(set.column("x"))) total += value;
  return total;
}

Numbers class_sizes(const data::Set& set) {
  Numbers sizes(static_cast<std::size_t>(set.classes()));
  for (const std::int64_t label : set.labels()) ++sizes[static_cast<std::size_t>(label)];
  return sizes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shipped_sets)

// Class sizes and sums are those of the files, counted with awk.
BOOST_AUTO_TEST_CASE(digits) {
  const data::Set set = data::digits();
  BOOST_TEST(set.size() == 1797);
  BOOST_TEST(set.fields()[0].shape == Shape{64});
  BOOST_TEST(class_sizes(set) == (Numbers{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}));
  BOOST_TEST(sum(set) == 561718);
  BOOST_TEST(set.names().classes.at(9) == "9");
  BOOST_TEST(set.names().features.size() == 64u);
}

BOOST_AUTO_TEST_CASE(breast_cancer) {
  const data::Set set = data::breast_cancer(f64);
  BOOST_TEST(set.size() == 569);
  BOOST_TEST(set.fields()[0].shape == Shape{30});
  BOOST_TEST(class_sizes(set) == (Numbers{212, 357}));
  BOOST_TEST(set.names().classes.at(0) == "malignant");
  BOOST_TEST(set.names().features.at(0) == "mean radius");
  BOOST_TEST(set.names().features.at(29) == "worst fractal dimension");
  BOOST_TEST(elements<double>(set.gather({0})[0]).at(0) == 17.99);
}

BOOST_AUTO_TEST_CASE(fashion_mnist) {
  data::TrainTest set;
  try {
    set = data::fashion_mnist();
  } catch (const Error& error) {
    BOOST_TEST((error.kind() == ErrorKind::io));
    BOOST_TEST_MESSAGE("not installed: " << error.what());
    return;
  }
  BOOST_TEST(set.train.size() == 60000);
  BOOST_TEST(set.test.size() == 10000);
  BOOST_TEST(class_sizes(set.train) == Numbers(10, 6000));
  BOOST_TEST(class_sizes(set.test) == Numbers(10, 1000));
  BOOST_TEST(set.train.names().classes.at(9) == "Ankle boot");
  BOOST_TEST(set.train.fields()[0].shape == (Shape{1, 28, 28}));
  BOOST_TEST(set.train.fields()[0].dtype == f32);

  auto [train, dev, test] = data::split(set, {.dev = 0.1, .seed = 1});
  BOOST_TEST(class_sizes(dev) == Numbers(10, 600));
  BOOST_TEST(train.size() == 54000);
  BOOST_TEST(test.size() == 10000);
  for (auto [x, y] : batches(train, {.size = 128, .shuffle = true, .seed = 1})) {
    BOOST_TEST(x.shape() == (Shape{128, 1, 28, 28}));
    const auto values = elements<float>(x);
    BOOST_TEST(*std::max_element(values.begin(), values.end()) == 1.0f);
    BOOST_TEST(*std::min_element(values.begin(), values.end()) == 0.0f);
    break;
  }
  throws(ErrorKind::shape, {"28 x 28", "[783]"}, [] { data::fashion_mnist({.sample = {783}}); });
}

BOOST_AUTO_TEST_CASE(fashion_mnist_from_a_folder) {
  const Folder folder;
  const auto idx = [](std::string shape, std::size_t bytes) {
    return std::string{0, 0, 8, static_cast<char>(shape.size())} + [&] {
      std::string sizes;
      for (const char size : shape) sizes += std::string{0, 0, 0, size};
      return sizes;
    }() + std::string(bytes, '\x02');
  };
  const auto write = [&](const std::string& part, char n, char labels) {
    folder.write_gz(part + "-images-idx3-ubyte.gz",
                    idx({n, 2, 3}, static_cast<std::size_t>(n) * 6));
    folder.write_gz(part + "-labels-idx1-ubyte.gz",
                    idx({labels}, static_cast<std::size_t>(labels)));
  };
  write("train", 4, 4);
  write("t10k", 2, 2);
  const DataPath path("/nowhere:" + folder / "");
  const data::TrainTest set = data::fashion_mnist({.sample = {6}});
  BOOST_TEST(set.train.size() == 4);
  BOOST_TEST(data::fashion_mnist_files().size() == 4u);
  BOOST_TEST(data::fashion_mnist_files()[3] == folder / "t10k-labels-idx1-ubyte.gz");
  BOOST_TEST(elements<float>(set.test.column("x")).at(3) == 2 * (1.0f / 255));
  throws(ErrorKind::shape, {"2 x 3", "[1, 28, 28]"}, [] { data::fashion_mnist(); });
  write("t10k", 2, 3);
  throws(ErrorKind::format, {"t10k-images", "[2, 2, 3]", "t10k-labels", "[3]"},
         [] { data::fashion_mnist({.sample = {6}}); });
}

BOOST_AUTO_TEST_CASE(the_data_path_comes_first) {
  const Folder folder;
  folder.write_gz("digits.csv.gz", "1,2,0\n3,4,1\n");
  const DataPath path(folder / "");
  throws(ErrorKind::format, {"digits.csv.gz has 2 samples of shape [2]", "1797 of [64]"},
         [] { data::digits(); });
}

BOOST_AUTO_TEST_SUITE_END()
