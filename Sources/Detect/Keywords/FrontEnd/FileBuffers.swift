import AppLayer
import Bytes

/// The buffers that belong to files and not to one protocol.
enum FileBuffers {
    static let all: [BufferDescriptor] = [
        BufferDescriptor(.fileData, "file.data", aliases: ["file_data"], shape: .streaming, directions: .both, progress: (0, 0)),
        BufferDescriptor(.fileName, "file.name", shape: .multiple, directions: .both, progress: (0, 0)),
    ]
}
