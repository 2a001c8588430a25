// Safetensors: what Python wrote, round trips, broken files, and writing all or nothing.
#include <csignal>
#include <cstring>
#include <sys/resource.h>

#include "tests/core/sample_tensors.hpp"
#include "tests/thrown.hpp"

using namespace attune;
using namespace attune::tests;

namespace {

// A file of `header` and `data`, with the right length in front.
std::string file_of(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

// Loading the bytes is an Error (format) that names the file and holds the texts.
void check_refused(const std::string& bytes, std::vector<std::string> texts) {
  const Folder folder;
  const std::string path = folder / "bad.safetensors";
  write_bytes(path, bytes);
  texts.push_back("load_tensors: " + path);
  for (bool mapped : {false, true}) {
    BOOST_TEST_CONTEXT(bytes.substr(std::min<std::size_t>(bytes.size(), 8)))
    BOOST_CHECK_EXCEPTION(load_tensors(path, {.mapped = mapped}), Error,
                          thrown(ErrorKind::format, texts));
  }
}

// Files of this process may not grow beyond `bytes` while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_;
  void (*handler_)(int);
};

}  // namespace

BOOST_AUTO_TEST_SUITE(safetensors)

BOOST_AUTO_TEST_CASE(written_by_python) {
  for (bool mapped : {false, true}) {
    const TensorFile file = load_tensors(data_file("python.safetensors"), {.mapped = mapped});
    BOOST_TEST(file.size() == samples().size());
    check_samples(file);
    BOOST_TEST(file.metadata().at("note") == "äöü \"quoted\"");
  }
}

BOOST_AUTO_TEST_CASE(round_trip) {
  const Folder folder;
  const std::string path = folder / "a.safetensors";
  std::vector<NamedTensor> tensors = samples();
  tensors.insert(tensors.begin(), {"odd \"name\"\n", t(sample(u8))});
  save_tensors(path, tensors, {{"epoch", "3"}, {"", "empty key"}});
  for (bool mapped : {false, true}) {
    const TensorFile file = load_tensors(path, {.mapped = mapped});
    check_samples(file);
    BOOST_REQUIRE(file.size() == tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      BOOST_TEST(file.tensors()[i].name == tensors[i].name);
      BOOST_TEST(same(file.tensors()[i].tensor, tensors[i].tensor));
    }
    BOOST_TEST(file.metadata().size() == 2u);
    BOOST_TEST(file.metadata().at("epoch") == "3");
    std::size_t seen = 0;  // of a file that is gone when the loop begins
    for (const NamedTensor& one : load_tensors(path).tensors()) {
      BOOST_TEST(same(one.tensor, tensors[seen++].tensor));
    }
    const Metadata& notes = load_tensors(path).metadata();
    BOOST_TEST(notes.at("epoch") == "3");
    const std::string& name = load_tensors(path).path();
    BOOST_TEST(name == path);
    TensorFile emptied = load_tensors(path);
    BOOST_TEST(std::move(emptied).tensors().size() == tensors.size());
    BOOST_TEST(!emptied.contains("odd \"name\"\n"));
  }
  save_tensors(path, {});
  BOOST_TEST(load_tensors(path).size() == 0u);
  BOOST_TEST(folder.entries() == 1u);
}

BOOST_AUTO_TEST_CASE(mapped_tensors_outlive_the_file_and_leave_it_alone) {
  const Folder folder;
  const std::string path = folder / "a.safetensors";
  save_tensors(path, samples());
  const std::string before = bytes_of(path);
  Tensor mapped = load_tensors(path, {.mapped = true}).at("f32");
  mapped += 1;
  BOOST_TEST(mapped[1][2].item() == 100001.0);
  BOOST_TEST(bytes_of(path) == before);
  std::filesystem::remove(path);
  BOOST_TEST(mapped[0][0].item() == -2.0);
}

BOOST_AUTO_TEST_CASE(names) {
  const TensorFile file("f.safetensors", samples());
  BOOST_TEST(file.find("f16") == nullptr);
  BOOST_TEST(file.contains("f32"));
  BOOST_CHECK_EXCEPTION(
      file.at("f23"), Error,
      thrown(ErrorKind::value, {"f.safetensors", "\"f23\"", "did you mean \"f32\"?"}));
}

BOOST_AUTO_TEST_CASE(files_that_break_the_format) {
  const std::string data(8, '\0');
  const auto entry = [](const std::string& shape, const std::string& offsets) {
    return R"({"w":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  check_refused("", {"0 bytes"});
  check_refused("1234", {"4 bytes"});
  check_refused(file_of(entry("[2]", "[0,8]"), data).substr(0, 30), {"cut short"});
  std::string promising(8, '\xff');
  check_refused(promising, {"18446744073709551615", "0 after the length"});
  check_refused(file_of(entry("[2]", "[0,8]"), data.substr(1)), {"\"w\"", "[0, 8]", "7 bytes"});
  check_refused(file_of(entry("[2]", "[0,8]"), data + "x"), {"byte 8", "has 9"});
  check_refused(file_of(entry("[3]", "[0,8]"), data), {"[3]", "12 bytes", "hold 8"});
  check_refused(file_of(entry("[2]", "[8,0]"), data), {"[8, 0]"});
  check_refused(file_of(entry("[2]", "[0]"), data), {"1 entries"});
  check_refused(file_of(entry("[-2]", "[0,8]"), data), {"-2"});
  check_refused(file_of(entry("[2.0]", "[0,8]"), data), {"2.0"});
  check_refused(file_of(entry("2", "[0,8]"), data), {"shape is a JSON number"});
  check_refused(file_of(entry("[4294967296,4294967296,4]", "[0,8]"), data), {"needs"});
  check_refused(file_of(entry("[9223372036854775807]", "[0,8]"), data), {"needs"});
  check_refused(file_of(entry("[1,1,1,1,1,1,1,1,2]", "[0,8]"), data), {"9 axes", "8"});
  check_refused(file_of(R"({"w":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}})", data),
                {"\"w\"", "F16", "F32, F64"});
  check_refused(file_of(R"({"w":{"dtype":"F32","shape":[2]}})", data), {"no \"data_offsets\""});
  check_refused(file_of(R"({"w":[1]})", data), {"\"w\" is a JSON array"});
  check_refused(file_of("[]", data), {"JSON array, not an object"});
  check_refused(file_of("{\"w\":", data), {"no valid JSON"});
  check_refused(file_of("{\"\xff\":1}", data), {"no valid JSON"});
  check_refused(file_of(std::string(100000, '['), data), {"no valid JSON"});
  check_refused(file_of(R"({"__metadata__":{"a":1}})", ""), {"\"a\"", "not a string"});
  check_refused(file_of(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                        R"("w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                        data),
                {"\"w\"", "twice"});
  check_refused(file_of(R"({"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                        R"("w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                        data),
                {"\"w\" at [4, 8] overlaps \"v\" at [0, 8]"});
  check_refused(file_of(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", data),
                {"[0, 4]", "\"w\""});
  check_refused(file_of(R"({"w":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}})", "\1\2"),
                {"w: the bool at element 1 is the byte 2"});
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
  const std::string whole = bytes_of(data_file("python.safetensors"));
  const Folder folder;
  const std::string path = folder / "cut.safetensors";
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    write_bytes(path, whole.substr(0, size));
    BOOST_CHECK_EXCEPTION(load_tensors(path, {.mapped = size % 2 == 0}), Error,
                          thrown(ErrorKind::format, {path}));
  }
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read) {
  BOOST_CHECK_EXCEPTION(load_tensors("/nowhere/x.safetensors"), Error,
                        thrown(ErrorKind::io, {"/nowhere/x.safetensors", "No such file"}));
  BOOST_CHECK_EXCEPTION(load_tensors("/"), Error, thrown(ErrorKind::io, {"/ is a folder"}));
  BOOST_CHECK_EXCEPTION(load_tensors("/dev/zero"), Error, thrown(ErrorKind::io, {"device"}));
}

BOOST_AUTO_TEST_CASE(names_and_texts_that_cannot_be_written) {
  const Folder folder;
  const std::string path = folder / "a.safetensors";
  const Tensor x = sample(f32);
  const auto save = [&](std::vector<NamedTensor> tensors, const Metadata& metadata = {}) {
    save_tensors(path, tensors, metadata);
  };
  BOOST_CHECK_EXCEPTION(save({{"x", x}, {"x", x}}), Error,
                        thrown(ErrorKind::value, {"\"x\"", "two"}));
  BOOST_CHECK_EXCEPTION(save({{"__metadata__", x}}), Error,
                        thrown(ErrorKind::value, {"__metadata__"}));
  BOOST_CHECK_EXCEPTION(save({{"\xff", x}}), Error, thrown(ErrorKind::value, {"UTF-8"}));
  BOOST_CHECK_EXCEPTION(save({}, {{"a", "\xff"}}), Error, thrown(ErrorKind::value, {"UTF-8"}));
  BOOST_CHECK_EXCEPTION(save({{"x", Tensor()}}), Error, thrown(ErrorKind::state, {"undefined"}));
  BOOST_TEST(folder.entries() == 0u);
}

BOOST_AUTO_TEST_CASE(a_failed_write_leaves_the_old_file) {
  const Folder folder;
  const std::string path = folder / "weights.safetensors";
  save_tensors(path, samples());
  const std::string before = bytes_of(path);
  const std::vector<NamedTensor> large = {{"large", zeros({1 << 16})}};
  {
    const FileSizeLimit limit(64 << 10);
    BOOST_CHECK_EXCEPTION(save_tensors(path, large), Error,
                          thrown(ErrorKind::io, {path, "File too large", "unchanged"}));
    BOOST_CHECK_EXCEPTION(save_npy(path, large[0].tensor), Error, thrown(ErrorKind::io, {path}));
    BOOST_CHECK_EXCEPTION(save_npz(path, large), Error, thrown(ErrorKind::io, {path}));
  }
  BOOST_TEST(bytes_of(path) == before);
  BOOST_TEST(folder.entries() == 1u);
  BOOST_CHECK_EXCEPTION(save_tensors(folder / "no/where", large), Error,
                        thrown(ErrorKind::io, {"no/where", "No such file"}));
  BOOST_CHECK_EXCEPTION(save_tensors(folder / "", large), Error, thrown(ErrorKind::io, {"folder"}));
  BOOST_CHECK_EXCEPTION(save_tensors("/dev/full", large), Error, thrown(ErrorKind::io, {"device"}));
  BOOST_TEST(std::filesystem::is_character_file("/dev/full"));
}

BOOST_AUTO_TEST_CASE(a_link_stays_a_link) {
  const Folder folder;
  const std::string file = folder / "run1.safetensors", link = folder / "latest";
  save_tensors(file, {});
  std::filesystem::create_symlink(file, link);
  save_tensors(link, samples());
  BOOST_TEST(std::filesystem::is_symlink(link));
  check_samples(load_tensors(file));
}

BOOST_AUTO_TEST_SUITE_END()
