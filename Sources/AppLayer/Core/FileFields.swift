import Bytes

/// The buffers of files, which every protocol that carries files shares.
public enum FileFields {
    public static let buffers: [BufferDescriptor] = [
        BufferDescriptor(
            .fileData, "file.data", aliases: ["file_data"], shape: .streaming, directions: .both, progress: (0, 0)),
        BufferDescriptor(.fileName, "file.name", shape: .multiple, directions: .both, progress: (0, 0)),
        BufferDescriptor(.fileMagic, "file.magic", shape: .multiple, directions: .both, progress: (0, 0)),
    ]
}
