// .npy and .npz: what NumPy wrote, round trips and broken files.
#include <cstdlib>

#include "tests/core/sample_tensors.hpp"
#include "tests/thrown.hpp"

using namespace attune;
using namespace attune::tests;

namespace {

std::string npy_of(const std::string& dictionary, const std::string& data) {
  std::string bytes = "\x93NUMPY\x01";
  bytes += '\0';
  bytes += static_cast<char>(dictionary.size() % 256);
  bytes += static_cast<char>(dictionary.size() / 256);
  return bytes + dictionary + data;
}

void check_refused(const std::string& bytes, std::vector<std::string> texts) {
  const Folder folder;
  const std::string path = folder / "bad.npy";
  write_bytes(path, bytes);
  texts.push_back("load_npy: " + path);
  BOOST_TEST_CONTEXT(bytes)
  BOOST_CHECK_EXCEPTION(load_npy(path), Error, thrown(ErrorKind::format, texts));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(npy)

BOOST_AUTO_TEST_CASE(written_by_numpy) {
  for (bool mapped : {false, true}) {
    const ReadOptions options{.mapped = mapped};
    for (const char* file : {"version1.npy", "version2.npy", "version3.npy"}) {
      BOOST_TEST(same(load_npy(data_file(file), options), sample(f32)));
    }
    const Tensor fortran = load_npy(data_file("fortran.npy"), options);
    BOOST_TEST(same(fortran, sample(f64)));
    BOOST_TEST(fortran.is_contiguous() != mapped);
    check_samples(load_npz(data_file("python.npz"), options));
    const TensorFile compressed = load_npz(data_file("python_compressed.npz"), options);
    check_samples(compressed);
    BOOST_TEST(compressed.at("long")[9999].item<std::int64_t>() == 9999);
  }
}

BOOST_AUTO_TEST_CASE(round_trips) {
  const Folder folder;
  for (const auto& [name, tensor] : samples()) {
    save_npy(folder / "x.npy", tensor);
    BOOST_TEST(same(load_npy(folder / "x.npy"), tensor));
    BOOST_TEST(same(load_npy(folder / "x.npy", {.mapped = true}), tensor));
    if (tensor.dim() == 2) {
      save_npy(folder / "x.npy", t(tensor));
      BOOST_TEST(same(load_npy(folder / "x.npy"), t(tensor)));
    }
  }
  for (bool compressed : {false, true}) {
    save_npz(folder / "x.npz", samples(), {.compressed = compressed});
    for (bool mapped : {false, true}) {
      const TensorFile file = load_npz(folder / "x.npz", {.mapped = mapped});
      BOOST_TEST(file.size() == samples().size());
      BOOST_TEST(file.tensors()[2].name == "i64");
      check_samples(file);
    }
  }
  save_npz(folder / "x.npz", samples(), {.compressed = true});
  const std::string once = bytes_of(folder / "x.npz");
  save_npz(folder / "x.npz", samples(), {.compressed = true});
  BOOST_TEST((bytes_of(folder / "x.npz") == once));
  save_npz(folder / "x.npz", {});
  BOOST_TEST(load_npz(folder / "x.npz").size() == 0u);
  BOOST_TEST(folder.entries() == 2u);
}

// Set ATTUNE_WRITE_FOLDER to keep what tests/references/io.py --check reads.
BOOST_AUTO_TEST_CASE(written_for_python) {
  const Folder scratch;
  const char* const wanted = std::getenv("ATTUNE_WRITE_FOLDER");
  const std::string folder = wanted ? std::string(wanted) + "/" : scratch / "";
  save_tensors(folder + "round.safetensors", samples(), {{"note", "äöü"}});
  save_npz(folder + "round.npz", samples());
  save_npz(folder + "round_compressed.npz", samples(), {.compressed = true});
  save_npy(folder + "round.npy", sample(f32));
  BOOST_TEST(load_tensors(folder + "round.safetensors").size() == samples().size());
}

BOOST_AUTO_TEST_CASE(types_that_attune_lacks) {
  const auto refused = [](const char* file, std::vector<std::string> texts) {
    texts.push_back(file);
    BOOST_CHECK_EXCEPTION(load_npy(data_file(file)), Error, thrown(ErrorKind::format, texts));
  };
  refused("half.npy", {"<f2", "astype"});
  refused("big_endian.npy", {">f4", "astype"});
  refused("records.npy", {"records"});
}

BOOST_AUTO_TEST_CASE(files_that_break_the_format) {
  const std::string data(8, '\0'),
      good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
  check_refused("", {"cut short"});
  check_refused("\x93NUMPX\x01\x02\x03\x04 and more", {"no .npy"});
  check_refused(npy_of(good, data).substr(0, 20), {"57", "cut short"});
  check_refused(npy_of(good, data.substr(1)), {"[2]", "8 bytes", "7 are there"});
  check_refused(npy_of(good, data + "x"), {"8 bytes", "9 are there"});
  std::string later = npy_of(good, data);
  later[6] = 4;
  check_refused(later, {"version 4.0", "1 to 3"});
  later[6] = 2;
  check_refused(later, {"header"});
  const auto header = [&](const std::string& text, std::vector<std::string> texts) {
    check_refused(npy_of(text, data), std::move(texts));
  };
  header("{}", {"keys"});
  header("{'descr': '<f4', 'fortran_order': False}", {"descr, fortran_order and shape"});
  header("{'descr': '<f4', 'descr': '<f4', 'shape': (2,)}", {"'descr'", "twice"});
  header("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", {"True or False"});
  header("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", {"size"});
  header("{'descr': '<f4', 'fortran_order': False, 'shape': (2 2)}", {"2)", "')'"});
  header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", {"size"});
  header("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 2)}",
         {"needs"});
  header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,2)}", {"8 axes"});
  header("{'descr': '<f4", {"without an end"});
  header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}", {"'more'"});
  header(good.substr(0, good.size() - 1) + "}", {"closing brace"});
}

BOOST_AUTO_TEST_CASE(broken_archives) {
  const Folder folder;
  const std::string path = folder / "bad.npz";
  const auto refused = [&](const std::string& bytes) {
    write_bytes(path, bytes);
    BOOST_CHECK_EXCEPTION(load_npz(path), Error, thrown(ErrorKind::format, {path}));
  };
  refused("");
  refused("no archive");
  for (const char* file : {"python.npz", "python_compressed.npz"}) {
    const std::string whole = bytes_of(data_file(file));
    for (std::size_t size = 0; size < whole.size(); size += whole.size() / 50) {
      refused(whole.substr(0, size));
    }
    // No flipped byte may crash; one in the elements changes the checksum.
    for (std::size_t at = 0; at < whole.size(); at += whole.size() / 1000) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
      write_bytes(path, flipped);
      try {
        load_npz(path);
      } catch (const Error& error) {
        // The file itself can be read.
        BOOST_TEST((error.kind() == ErrorKind::format || error.kind() == ErrorKind::memory),
                   "byte " << at << ": " << error.what());
      }
    }
  }
  std::string bent = bytes_of(data_file("python.npz"));
  const std::size_t element = bent.find("f64.npy") + 200;
  bent[element] = static_cast<char>(bent[element] ^ 1);
  write_bytes(path, bent);
  BOOST_CHECK_EXCEPTION(load_npz(path), Error, thrown(ErrorKind::format, {"f64.npy", "checksum"}));
}

BOOST_AUTO_TEST_CASE(names_that_cannot_be_written) {
  const Folder folder;
  const Tensor x = sample(f32);
  const auto save = [&](std::vector<NamedTensor> tensors) { save_npz(folder / "x.npz", tensors); };
  BOOST_CHECK_EXCEPTION(save({{"", x}}), Error, thrown(ErrorKind::value, {"name"}));
  BOOST_CHECK_EXCEPTION(save({{std::string(70000, 'a'), x}}), Error,
                        thrown(ErrorKind::value, {"70000"}));
  BOOST_CHECK_EXCEPTION(save({{"a", x}, {"a", x}}), Error,
                        thrown(ErrorKind::value, {"\"a\"", "two"}));
  BOOST_TEST(folder.entries() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
