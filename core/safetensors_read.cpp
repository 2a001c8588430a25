// Safetensors files into tensors: nothing in the header is believed before it is checked.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "attune/io.hpp"
#include "core/fail.hpp"
#include "core/file.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"
#include "core/safetensors.hpp"

namespace attune {

using internal::fail;
using namespace internal::safetensors;
using Json = nlohmann::json;

namespace {

// The parts of one file under way, with what every message names.
class Reader {
 public:
  Reader(const std::string& path, bool mapped) : file_("load_tensors", path), mapped_(mapped) {}

  TensorFile read() {
    const Json header = read_header();
    Metadata metadata;
    std::vector<NamedTensor> tensors;
    for (const std::string& name : names_) {
      if (name == metadata_key)
        metadata = read_metadata(header[name]);
      else
        place(name, header[name]);
    }
    check_places();
    for (const Place& place : places_) {
      tensors.push_back({place.name, file_.tensor(place.name, data_ + place.begin, place.dtype,
                                                  place.shape, mapped_)});
    }
    return {file_.path(), std::move(tensors), std::move(metadata)};
  }

 private:
  struct Place {
    std::string name;
    DType dtype;
    Shape shape;
    std::uint64_t begin, end;
  };

  template <class... Values>
  [[noreturn]] void refuse(fmt::format_string<Values...> format, Values&&... values) const {
    fail(ErrorKind::format, "load_tensors", "{}: {}", file_.path(),
         fmt::format(format, std::forward<Values>(values)...));
  }

  Json read_header() {
    std::uint64_t length = 0;
    if (file_.size() < length_bytes) {
      refuse(
          "it has {} bytes, too few for the length of a header (8): no safetensors file, or cut "
          "short",
          file_.size());
    }
    file_.read(0, &length, length_bytes);
    if (length > file_.size() - length_bytes) {
      refuse(
          "its header is said to have {} bytes, the file has {} after the length: no safetensors "
          "file, or cut short",
          length, file_.size() - length_bytes);
    }
    if (length > largest_header) {
      refuse("its header has {} bytes, more than the {} that the format allows", length,
             largest_header);
    }
    std::string text(length, '\0');
    file_.read(length_bytes, text.data(), text.size());
    data_ = length_bytes + length;
    return parse(text);
  }

  Json parse(const std::string& text) {
    std::vector<std::set<std::string>> keys;  // of the objects that are open
    const auto watch = [&](int depth, Json::parse_event_t event, const Json& value) {
      using Event = Json::parse_event_t;
      if (event == Event::object_start) {
        keys.emplace_back();
      } else if (event == Event::object_end) {
        keys.pop_back();
      } else if (event == Event::key) {
        const auto& key = value.get_ref<const std::string&>();
        if (!keys.back().insert(key).second) {
          refuse(
              "the key \"{}\" stands twice in the header: write the file again with names that "
              "differ",
              key);
        }
        if (depth == 1) names_.push_back(key);
      }
      return true;
    };
    try {
      Json header = Json::parse(text, watch);
      if (!header.is_object()) refuse("its header is a JSON {}, not an object", header.type_name());
      return header;
    } catch (const Json::parse_error& error) {
      refuse("its header is no valid JSON at byte {}: no safetensors file, or damaged",
             static_cast<std::uint64_t>(error.byte));
    } catch (const Json::exception&) {
      refuse("its header is no valid JSON: no safetensors file, or damaged");
    }
  }

  Metadata read_metadata(const Json& entry) const {
    if (!entry.is_object())
      refuse("{} is a JSON {}, not an object", metadata_key, entry.type_name());
    Metadata metadata;
    for (const auto& [key, text] : entry.items()) {
      if (!text.is_string()) {
        refuse("{}: \"{}\" is a JSON {}, not a string", metadata_key, key, text.type_name());
      }
      metadata.emplace(key, text.get<std::string>());
    }
    return metadata;
  }

  void place(const std::string& name, const Json& entry) {
    if (!entry.is_object()) refuse("\"{}\" is a JSON {}, not an object", name, entry.type_name());
    const DType dtype = read_type(name, member(name, entry, "dtype"));
    const std::vector<std::uint64_t> sizes = numbers(name, entry, "shape");
    const std::vector<std::uint64_t> offsets = numbers(name, entry, "data_offsets");
    if (sizes.size() > max_rank) {
      refuse("\"{}\" has {} axes, more than the {} that a tensor may have", name, sizes.size(),
             max_rank);
    }
    Shape shape;
    for (std::uint64_t size : sizes) {
      if (size > INT64_MAX) refuse("\"{}\" has an axis of size {}", name, size);
      shape.push_back(static_cast<std::int64_t>(size));
    }
    if (offsets.size() != 2) {
      refuse("\"{}\": data_offsets has {} entries, not 2", name, offsets.size());
    }
    const auto [begin, end] = std::pair(offsets[0], offsets[1]);
    const std::uint64_t available = file_.size() - data_;
    if (begin > end || end > available) {
      refuse(
          "\"{}\": data_offsets [{}, {}] do not fit into the {} bytes of data that the file has: "
          "it is cut short or damaged",
          name, begin, end, available);
    }
    if (const std::uint64_t bytes = internal::byte_count(shape, dtype); bytes != end - begin) {
      refuse("\"{}\": shape {} of {} needs {} bytes, data_offsets [{}, {}] hold {}", name, shape,
             dtype, bytes, begin, end, end - begin);
    }
    places_.push_back({name, dtype, shape, begin, end});
  }

  const Json& member(const std::string& name, const Json& entry, const char* key) const {
    const auto found = entry.find(key);
    if (found == entry.end()) refuse("\"{}\" has no \"{}\"", name, key);
    return *found;
  }

  DType read_type(const std::string& name, const Json& value) const {
    if (!value.is_string()) {
      refuse("\"{}\": dtype is a JSON {}, not a string", name, value.type_name());
    }
    const auto& text = value.get_ref<const std::string&>();
    const auto found = std::ranges::find(type_names, text);
    if (found == type_names.end()) {
      refuse("\"{}\" has dtype \"{}\"; attune reads {}: convert it before writing", name, text,
             fmt::join(type_names, ", "));
    }
    return static_cast<DType>(found - type_names.begin());
  }

  std::vector<std::uint64_t> numbers(const std::string& name, const Json& entry,
                                     const char* key) const {
    const Json& value = member(name, entry, key);
    std::vector<std::uint64_t> list;
    if (!value.is_array())
      refuse("\"{}\": {} is a JSON {}, not an array", name, key, value.type_name());
    for (const Json& number : value) {
      if (!number.is_number_unsigned()) {
        refuse("\"{}\": {} holds {}, where an integer from 0 on is expected", name, key,
               number.dump(-1, ' ', true, Json::error_handler_t::replace));
      }
      list.push_back(number.get<std::uint64_t>());
    }
    return list;
  }

  // The tensors cover the data without overlap and without a gap, as the format demands.
  void check_places() const {
    std::vector<const Place*> order;
    for (const Place& place : places_) order.push_back(&place);
    std::ranges::stable_sort(order, {}, [](const Place* p) { return std::pair(p->begin, p->end); });
    std::uint64_t covered = 0;
    const Place* before = nullptr;
    for (const Place* place : order) {
      if (place->begin < covered) {
        refuse("\"{}\" at [{}, {}] overlaps \"{}\" at [{}, {}]", place->name, place->begin,
               place->end, before->name, before->begin, before->end);
      }
      if (place->begin > covered) {
        refuse("no tensor covers the bytes [{}, {}] before \"{}\"", covered, place->begin,
               place->name);
      }
      covered = place->end;
      before = place;
    }
    if (covered != file_.size() - data_) {
      refuse(
          "its tensors end at byte {} of the data, the file has {}: something was appended, or an "
          "entry is missing",
          covered, file_.size() - data_);
    }
  }

  internal::InputFile file_;
  bool mapped_;
  std::uint64_t data_ = 0;          // where the tensors' bytes begin
  std::vector<std::string> names_;  // the keys of the header, in its order
  std::vector<Place> places_;
};

}  // namespace

TensorFile load_tensors(const std::string& path, const ReadOptions& options) {
  return Reader(path, options.mapped).read();
}

}  // namespace attune
