// Thousands of damaged files for every reader: each is read or refused with an Error, nothing else.
#include <attune/data/readers.hpp>
#include <attune/io.hpp>
#include <attune/ops.hpp>
#include <chrono>
#include <functional>
#include <random>

#include "tests/data/check.hpp"

using namespace attune;
using attune::tests::Folder;
using attune::tests::read_file;

namespace {

std::string mutated(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return n ? random() % n : 0; };
  for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
    const std::size_t at = below(bytes.size());
    switch (below(6)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.insert(at, 1 + below(8), static_cast<char>(random()));
        break;
      case 2:
        bytes.erase(at, 1 + below(8));
        break;
      case 3:
        bytes.insert(at, "\",\n;nan\r"[below(8)] + std::string());
        break;
      default:
        if (!bytes.empty())
          bytes[at] = static_cast<char>(below(3) ? bytes[at] ^ (1 << below(8)) : random());
    }
  }
  return bytes;
}

struct Reader {
  const char* name;
  std::function<std::string(const Folder&)> write;  // a good file
  std::function<void(const std::string&)> read;
};

const std::string table = "age,size,kind\n1,2.5,\"a,\"\"b\"\n-3,4e2,c\n5,6,c\n";
const std::string picture(
    "\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03"
    "abcdefghijkl",
    28);

std::vector<NamedTensor> two_fields() { return {{"x", ones({3, 2})}, {"y", zeros({3}, i64)}}; }

const Reader readers[] = {
    {"idx", [](const Folder& f) { return f.write("a", picture); },
     [](const std::string& p) { data::read_idx(p); }},
    {"idx.gz", [](const Folder& f) { return f.write_gz("a", picture); },
     [](const std::string& p) { data::read_idx(p); }},
    {"csv", [](const Folder& f) { return f.write("a", table); },
     [](const std::string& p) { data::csv(p); }},
    {"csv.gz", [](const Folder& f) { return f.write_gz("a", table); },
     [](const std::string& p) { data::csv(p); }},
    {"npz",
     [](const Folder& f) {
       save_npz(f / "a", two_fields());
       return f / "a";
     },
     [](const std::string& p) { data::npz(p); }},
    {"safetensors",
     [](const Folder& f) {
       save_tensors(f / "a", two_fields());
       return f / "a";
     },
     [](const std::string& p) { data::safetensors(p); }},
    {"npy",
     [](const Folder& f) {
       save_npy(f / "a", ones({3, 2}));
       return f / "a";
     },
     [](const std::string& p) { data::npy(p, p); }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(damaged_files)

BOOST_AUTO_TEST_CASE(are_read_or_refused) {
  for (const Reader& reader : readers) {
    BOOST_TEST_CONTEXT(reader.name) {
      const Folder folder;
      const std::string good = read_file(reader.write(folder));
      BOOST_CHECK_NO_THROW(reader.read(folder.write("copy", good)));
      std::mt19937 random(7);
      int refused = 0;
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0;
           i < 3000 && std::chrono::steady_clock::now() - start < std::chrono::seconds(6); ++i) {
        const std::string path = folder.write("damaged", mutated(good, random));
        try {
          reader.read(path);
        } catch (const Error& error) {
          const bool plain =
              error.kind() == ErrorKind::format || error.kind() == ErrorKind::value ||
              error.kind() == ErrorKind::shape || error.kind() == ErrorKind::dtype ||
              error.kind() == ErrorKind::io;  // a zip whose directory points past the end
          BOOST_TEST(plain, name(error.kind()) << ": " << error.what());
          ++refused;
        }
      }
      BOOST_TEST(refused > 100);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
