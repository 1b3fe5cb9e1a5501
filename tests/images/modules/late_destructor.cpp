// Refused when the function is called: the object would be destroyed once per construction.
namespace {

struct resource {
    resource() : open(true) {}
    ~resource() { open = false; }
    volatile bool open;
};

}  // namespace

extern "C" int module_operate() {
    static resource late_resource;
    return late_resource.open ? 1 : 0;
}
