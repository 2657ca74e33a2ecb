/** What the adapter is, as far as the browser says. */
export interface Adapter {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  /** Whether the CPU does its work. */
  isSoftware: boolean;
  /** Whether it computes in half precision. */
  hasF16: boolean;
  limits: { maxComputeWorkgroupStorageSize: number; maxComputeInvocationsPerWorkgroup: number; maxBufferSize: number };
}

/** What is measured. */
export interface Device {
  userAgent: string;
  /** Logical processors, as the browser says. */
  processors: number;
  /** `null`: WebGPU has none here. */
  adapter: Adapter | null;
}

/** Adapters that are software and may not say so. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;
/** A driver that hangs never answers. */
const ADAPTER_WAIT_MS = 4000;

/** Finds out what the browser tells of this device. */
export async function describeDevice(): Promise<Device> {
  const { userAgent, hardwareConcurrency } = navigator;
  const adapter = await findAdapter();
  return { userAgent, processors: hardwareConcurrency, adapter: adapter ? describe(adapter) : null };
}

/** The adapter that the browser offers, unless it takes too long; `undefined`: none. */
export async function findAdapter(): Promise<GPUAdapter | undefined> {
  if (!('gpu' in navigator) || !navigator.gpu) return undefined;
  const late = new Promise<null>((resolve) => setTimeout(resolve, ADAPTER_WAIT_MS, null));
  const request = navigator.gpu.requestAdapter().catch(() => null);
  return (await Promise.race([request, late])) ?? undefined;
}

function describe({ info, features, limits }: GPUAdapter): Adapter {
  const { vendor, architecture, device, description, isFallbackAdapter } = info;
  return {
    vendor,
    architecture,
    device,
    description,
    isSoftware: Boolean(isFallbackAdapter) || SOFTWARE.test(`${vendor} ${architecture} ${device} ${description}`),
    hasF16: features.has('shader-f16'),
    limits: {
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxBufferSize: limits.maxBufferSize,
    },
  };
}
