// IDX files and archives: round trips in every type, and files that lie about themselves.
#include <attune/data/batches.hpp>
#include <attune/data/readers.hpp>
#include <attune/io.hpp>
#include <attune/ops.hpp>
#include <random>

#include "tests/data/check.hpp"

using namespace attune;
using attune::tests::elements;
using attune::tests::Folder;
using attune::tests::read_file;
using attune::tests::same;
using attune::tests::throws;

namespace {

std::string big_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string idx(int type, const std::vector<std::uint32_t>& shape, const std::string& elements) {
  std::string text{0, 0, static_cast<char>(type), static_cast<char>(shape.size())};
  for (const std::uint32_t size : shape) text += big_endian(size, 4);
  return text + elements;
}

template <class T>
std::uint64_t bits(T value) {
  std::uint64_t result = 0;
  std::memcpy(&result, &value, sizeof value);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(data_files)

BOOST_AUTO_TEST_CASE(idx_in_every_type) {
  const Folder folder;
  const auto read = [&](int type, const std::string& text) {
    const std::string bytes = idx(type, {2, 1}, text);
    const Tensor plain = data::read_idx(folder.write("a", bytes));
    BOOST_TEST(same(plain, data::read_idx(folder.write_gz("a.gz", bytes))));
    BOOST_TEST(plain.shape() == (Shape{2, 1}));
    return plain;
  };
  BOOST_TEST(elements<std::uint8_t>(read(0x08, "\x01\xff")) == (std::vector<std::uint8_t>{1, 255}));
  BOOST_TEST(elements<std::int32_t>(read(0x09, "\x01\xff")) == (std::vector<std::int32_t>{1, -1}));
  BOOST_TEST(elements<std::int32_t>(read(0x0B, "\x01\x02\xff\xfe")) ==
             (std::vector<std::int32_t>{258, -2}));
  BOOST_TEST(elements<std::int32_t>(read(0x0C, big_endian(70000, 4) + "\xff\xff\xff\xfd")) ==
             (std::vector<std::int32_t>{70000, -3}));
  BOOST_TEST(elements<float>(read(0x0D, big_endian(bits(1.5f), 4) + big_endian(bits(-2.f), 4))) ==
             (std::vector<float>{1.5, -2}));
  BOOST_TEST(elements<double>(read(0x0E, big_endian(bits(1.1), 8) + big_endian(bits(-2.), 8))) ==
             (std::vector<double>{1.1, -2}));
}

BOOST_AUTO_TEST_CASE(idx_that_lie) {
  const Folder folder;
  const auto refused = [&](std::vector<std::string> parts, const std::string& bytes) {
    for (const bool packed : {false, true}) {
      const std::string path = packed ? folder.write_gz("b.gz", bytes) : folder.write("b", bytes);
      throws(ErrorKind::format, parts, [&] { data::read_idx(path); });
    }
  };
  refused({"header", "0 of 4"}, "");
  refused({"header", "2 of 4"}, idx(8, {3}, "").substr(0, 6));
  refused({"not an IDX"}, "PNG and more");
  refused({"0x07", "not one of the types"}, idx(7, {1}, "x"));
  refused({"0 axes"}, idx(8, {}, "x"));
  refused({"9 axes"}, idx(8, {1, 1, 1, 1, 1, 1, 1, 1, 1}, "x"));
  refused({"goes on"}, idx(8, {2}, "abc"));
  // Promises 2^64 bytes, or more than that.
  refused({"promises", "[4294967295, 4294967295]"}, idx(8, {0xffffffff, 0xffffffff}, "abc"));
  refused({"promises"}, idx(0x0E, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, "abc"));
  refused({"promises"}, idx(8, {1000000000}, "abc"));
  throws(ErrorKind::format, {"promises", "at most"},
         [&] { data::read_idx(folder.write("c", idx(8, {4}, "abc"))); });
  throws(ErrorKind::format, {"elements", "3 of 4"},
         [&] { data::read_idx(folder.write_gz("c", idx(8, {4}, "abc"))); });
  throws(ErrorKind::io, {"No such file"}, [&] { data::read_idx(folder / "nowhere"); });
  BOOST_TEST(data::read_idx(folder.write("d", idx(8, {0, 28}, ""))).numel() == 0);
}

// gzip's files may be joined: all are read, and a later one that is damaged is no end.
BOOST_AUTO_TEST_CASE(gz_of_several_members) {
  const Folder folder;
  const std::string one = read_file(folder.write_gz("1", "1,2,0\n3,4,1\n"));
  const std::string two = read_file(folder.write_gz("2", "5,6,0\n7,8,1\n"));
  const auto rows = [&](const std::string& bytes) {
    return data::csv(folder.write("t.csv.gz", bytes), {.header = false}).size();
  };
  BOOST_TEST(rows(one + two) == 4);
  BOOST_TEST(rows(one + two + std::string(200000, '\0')) == 4);
  for (std::size_t keep = 1; keep < two.size(); ++keep) {
    throws(ErrorKind::format, {"t.csv.gz", "early"}, [&] { rows(one + two.substr(0, keep)); });
  }
  BOOST_TEST(rows(one + std::string(200000, '\0') + two) == 4);
  for (std::size_t at = 0; at < 3; ++at) {
    std::string bent = two;
    bent[at] = static_cast<char>(bent[at] ^ 0x40);
    throws(ErrorKind::format, {"t.csv.gz", at == 0 ? "no gzip data" : "damaged"},
           [&] { rows(one + bent); });
  }
  for (const char* rest : {"\n", "garbage"})
    throws(ErrorKind::format, {"no gzip data"}, [&] { rows(one + rest); });
}

BOOST_AUTO_TEST_CASE(truncated_and_damaged_gz) {
  const Folder folder;
  std::mt19937 random(1);
  std::string noise(5000, ' ');
  for (char& c : noise) c = static_cast<char>(random());
  const std::string whole = read_file(folder.write_gz("e.gz", idx(8, {5000}, noise)));
  for (std::size_t keep = 0; keep < whole.size(); keep += 1 + keep / 9) {
    throws(ErrorKind::format, {"cut.gz"},
           [&] { data::read_idx(folder.write("cut.gz", whole.substr(0, keep))); });
  }
  throws(ErrorKind::format, {"end early, about 4000 bytes into the file"},
         [&] { data::read_idx(folder.write("cut.gz", whole.substr(0, 4000))); });
  std::string bent = whole;
  bent[bent.size() - 6] = static_cast<char>(bent[bent.size() - 6] ^ 1);  // the checksum
  throws(ErrorKind::format, {"damaged"}, [&] { data::read_idx(folder.write("bent.gz", bent)); });
  const std::string table = read_file(folder.write_gz("t.csv.gz", "1,2,0\n3,4,1\n5,6,0\n"));
  throws(ErrorKind::format, {"end early"},
         [&] { data::csv(folder.write("t.csv.gz", table.substr(0, table.size() - 8))); });
}

BOOST_AUTO_TEST_CASE(names_out_of_files_are_shown_as_what_they_are) {
  const Folder folder;
  const NamedTensor odd[] = {{"\x1b[2Jx", ones({2, 2})}};
  save_tensors(folder / "odd", odd);
  throws(ErrorKind::value, {"no tensor \"x\" (it has: \\x1b[2Jx)"},
         [&] { data::safetensors(folder / "odd"); });
  const NamedTensor target[] = {{"y", ones({2})}};
  save_tensors(folder / "y", target);
  throws(ErrorKind::value, {"no tensor \"x\" (it has: y)"},
         [&] { data::safetensors(folder / "y"); });
}

BOOST_AUTO_TEST_CASE(archives) {
  const Folder folder;
  const Tensor x = tensor(std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7}, {4, 2});
  const Tensor y = tensor({3, 2, 1, 0});
  const std::vector<NamedTensor> both{{"y", y}, {"x", x}};
  save_npz(folder / "a.npz", both);
  save_tensors(folder / "a.safetensors", both);
  save_npy(folder / "x.npy", x);
  save_npy(folder / "y.npy", y);
  for (const bool mapped : {true, false}) {
    const data::Set sets[] = {data::npz(folder / "a.npz", {.mapped = mapped}),
                              data::safetensors(folder / "a.safetensors", {.mapped = mapped}),
                              data::npy(folder / "x.npy", folder / "y.npy", mapped)};
    for (const data::Set& set : sets) {
      BOOST_TEST(set.fields()[0].name == "x");
      BOOST_TEST(same(set.column("x"), x));
      BOOST_TEST(same(set.gather({2, 0})[0][0], x[2]));
      for (auto [bx, by] : data::batches(set, {.size = 3, .shuffle = true}))
        BOOST_TEST(bx.size(1) == 2);
    }
  }
  BOOST_TEST(data::npz(folder / "a.npz", {.fields = {}}).fields()[0].name == "y");
  throws(ErrorKind::value, {"a.npz", "images"},
         [&] { data::npz(folder / "a.npz", {.fields = {"images"}}); });
  save_npz(folder / "odd.npz", std::vector<NamedTensor>{{"x", x}, {"y", tensor({1, 2})}});
  throws(ErrorKind::shape, {"4 samples", "2"}, [&] { data::npz(folder / "odd.npz"); });
}

BOOST_AUTO_TEST_SUITE_END()
